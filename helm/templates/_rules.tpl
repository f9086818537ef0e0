{{/* Made by `python -m adapter.chart` from the package adapter; change that, not this. */}}
{{- define "gastown.stepLabel" -}}
gastown.io/step
{{- end }}

{{- define "gastown.rules.everywhere" -}}
- apiGroups:
  - events.k8s.io
  resources:
  - events
  verbs:
  - create
  - patch
- apiGroups:
  - gastown.gastown.io
  resources:
  - rigs
  verbs:
  - get
  - list
  - watch
- apiGroups:
  - gastown.gastown.io
  resources:
  - rigs/status
  verbs:
  - patch
{{- end }}

{{- define "gastown.rules.whereItWorks" -}}
- apiGroups:
  - ''
  resources:
  - configmaps
  verbs:
  - create
  - delete
  - get
  - list
  - patch
- apiGroups:
  - ''
  resources:
  - pods
  verbs:
  - delete
  - get
- apiGroups:
  - argoproj.io
  resources:
  - workflows
  verbs:
  - create
  - get
  - list
  - patch
  - watch
- apiGroups:
  - argoproj.io
  resources:
  - cronworkflows
  verbs:
  - create
  - get
  - patch
- apiGroups:
  - gastown.gastown.io
  resources:
  - polecats
  verbs:
  - create
  - delete
  - get
  - list
  - watch
- apiGroups:
  - gastown.gastown.io
  resources:
  - refineries
  - witnesses
  verbs:
  - create
  - get
  - list
  - watch
- apiGroups:
  - gastown.gastown.io
  resources:
  - beadstores
  - convoys
  verbs:
  - get
  - list
  - watch
- apiGroups:
  - gastown.gastown.io
  resources:
  - beadstores/status
  - convoys/status
  - polecats/status
  - refineries/status
  - witnesses/status
  verbs:
  - patch
{{- end }}

{{- define "gastown.rules.logs" -}}
- apiGroups:
  - ''
  resources:
  - pods/log
  verbs:
  - get
{{- end }}

{{- define "gastown.rules.atHome" -}}
- apiGroups:
  - coordination.k8s.io
  resources:
  - leases
  verbs:
  - create
- apiGroups:
  - coordination.k8s.io
  resources:
  - leases
  resourceNames:
  - '{{ include "gastown.fullname" . }}'
  verbs:
  - get
  - update
{{- end }}

{{- define "gastown.rules.executor" -}}
- apiGroups:
  - argoproj.io
  resources:
  - workflowtaskresults
  verbs:
  - create
  - patch
{{- end }}

{{- define "gastown.rules.beads" -}}
- apiGroups:
  - ''
  resources:
  - configmaps
  verbs:
  - create
{{- end }}

{{- define "gastown.rules.readers" -}}
- apiGroups:
  - gastown.gastown.io
  resources:
  - beadstores
  - convoys
  - polecats
  - refineries
  - rigs
  - witnesses
  verbs:
  - get
  - list
  - watch
{{- end }}

{{- define "gastown.rules.writers" -}}
- apiGroups:
  - gastown.gastown.io
  resources:
  - beadstores
  - convoys
  - polecats
  - refineries
  - rigs
  - witnesses
  verbs:
  - create
  - delete
  - deletecollection
  - patch
  - update
{{- end }}
