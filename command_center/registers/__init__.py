"""The register of devices and cameras as people keep it: changes, imports, and unknown things that wait."""
