"""The object store: the bytes of attachments by their SHA-256, in a folder or an S3-compatible bucket (ADR 39)."""
