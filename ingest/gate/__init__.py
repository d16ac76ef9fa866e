"""The gate: which device and which gateway the embedded engine admits, and what each of them may say."""
