"""The generated parts of the chart in `helm/`: its values with their schema and page, its rules, its copies of the definitions."""
