{{- define "gastown.fullname" -}}
{{- .Values.fullnameOverride | default (printf "%s-adapter" .Release.Name) | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{- define "gastown.account" -}}
{{- .Values.serviceAccount.name | default (include "gastown.fullname" .) -}}
{{- end }}

{{- define "gastown.selector" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: adapter
{{- end }}

{{- define "gastown.labels" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
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
{{- printf "%s-events" (.Values.fullnameOverride | default .Release.Name) | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{- define "gastown.eventsSelector" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: events
{{- end }}
