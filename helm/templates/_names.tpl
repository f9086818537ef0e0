{{/* The name of a part: Services carry it, and their names are narrower than those of releases. */}}
{{- define "gastown.name" -}}
{{- $root := first . -}}
{{- $part := last . -}}
{{- if $root.Values.fullnameOverride -}}
{{- ternary $root.Values.fullnameOverride (printf "%s-%s" ($root.Values.fullnameOverride | trunc 44 | trimSuffix "-") $part) (eq $part "adapter") -}}
{{- else if regexMatch "^[a-z][-a-z0-9]*$" $root.Release.Name -}}
{{- printf "%s-%s" ($root.Release.Name | trunc 44 | trimSuffix "-") $part -}}
{{- else -}}
{{- fail (printf "release %s: no Service can be named after it; choose a name of letters, digits and dashes that begins with a letter, or set fullnameOverride" $root.Release.Name) -}}
{{- end -}}
{{- end }}

{{- define "gastown.fullname" -}}
{{- include "gastown.name" (list . "adapter") -}}
{{- end }}

{{- define "gastown.account" -}}
{{- .Values.serviceAccount.name | default (include "gastown.fullname" .) -}}
{{- end }}

{{- define "gastown.selector" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: adapter
{{- end }}

{{- define "gastown.labels" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{/* Not empty where user ids are the platform's to choose. */}}
{{- define "gastown.openshift" -}}
{{- if or .Values.openshift (.Capabilities.APIVersions.Has "security.openshift.io/v1") }}true{{ end -}}
{{- end }}

{{/* The namespaces that the adapter has rights in where it has none in all, as a JSON list. */}}
{{- define "gastown.namespaces" -}}
{{- append .Values.workers.namespaces .Release.Namespace | uniq | toJson -}}
{{- end }}

{{- define "gastown.eventsName" -}}
{{- include "gastown.name" (list . "events") -}}
{{- end }}

{{- define "gastown.eventsSelector" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: events
{{- end }}
