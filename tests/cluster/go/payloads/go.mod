module gastown.io/cluster/payloads

go 1.24.0

require (
	github.com/go-playground/webhooks/v6 v6.4.0
	gitlab.com/gitlab-org/api/client-go v1.46.0
)
