{{/* The adapter's settings file. Numbers pass through int64, or Helm writes large ones as 1e+06. */}}
{{- define "gastown.settings" -}}
{{- with .Values -}}
{{- $images := dict }}
{{- range $agent, $image := .pods.agentImages }}
{{- with $image | default (ternary "" (printf "gastown/polecat-%s:%s" $agent $.Chart.AppVersion) (ne $.Values.pods.agentImage "")) }}
{{- $_ := set $images $agent . }}
{{- end }}
{{- end -}}
namespace: {{ $.Release.Namespace | quote }}
namespaces: {{ (ternary (list) .workers.namespaces .clusterWide) | toJson }}
compile:
  namespace: {{ first .workers.namespaces | quote }}
  steps_image: {{ .pods.stepsImage | default (printf "gastown/steps:%s" $.Chart.AppVersion) | quote }}
  agent_image: {{ .pods.agentImage | default (printf "gastown/polecat-agent:%s" $.Chart.AppVersion) | quote }}
  agent_images: {{ $images | toJson }}
  image_pull_policy: {{ .pods.imagePullPolicy }}
  git_secret: {{ .pods.gitSecret | quote }}
  model_secret: {{ .pods.modelSecret | quote }}
  cover_exchange: {{ .pods.coverExchange }}
  user_id: {{ if or (include "gastown.openshift" $) (not .pods.userId) }}null{{ else }}{{ int64 .pods.userId }}{{ end }}
  parks_reviews: {{ .events.enabled }}
  retries: {{ int64 .pods.retries }}
  grace_seconds: {{ int64 .pods.graceSeconds }}
  steps_resources: {{ .pods.stepsResources | default dict | toJson }}
  agent_resources: {{ .pods.agentResources | default dict | toJson }}
workers: {{ int64 .settings.workers }}
resync: {{ .settings.resync }}
grace: {{ .settings.grace }}
port: {{ int64 .metrics.port }}
{{- with .settings.lastAction }}
{{- if .enabled }}
last_action:
  interval: {{ .interval }}
  rate: {{ .rate }}
{{- else }}
last_action: null
{{- end }}
{{- end }}
sink: {{ .settings.sink | quote }}
escalation_targets: {{ .settings.escalationTargets | default list | toJson }}
log_level: {{ .settings.logLevel }}
{{- with .argoServer.url }}
argo_server:
  url: {{ . | quote }}
  ca_file: {{ ternary "/etc/argo-server/ca.crt" "" (ne $.Values.argoServer.caConfigMap "") | quote }}
{{- end }}
{{- if .leaderElection.enabled }}
lease:
  name: {{ include "gastown.fullname" $ | quote }}
  duration: {{ .leaderElection.duration }}
  renew: {{ .leaderElection.renew }}
  retry: {{ .leaderElection.retry }}
{{- else }}
lease: null
{{- end }}
{{- end }}
{{- end }}

{{/* The settings file of gastown-events. */}}
{{- define "gastown.eventsSettings" -}}
{{- with .Values.events -}}
namespace: {{ .namespace | default (first $.Values.workers.namespaces) | quote }}
own_namespace: {{ $.Release.Namespace | quote }}
lease: {{ include "gastown.eventsName" $ | quote }}
events_secret: {{ .eventsSecret | quote }}
port: {{ int64 .port }}
health_port: {{ int64 .metricsPort }}
poll: {{ .poll }}
reviews: {{ .reviews }}
log_level: {{ .logLevel }}
{{- with .sinks }}
sinks: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
