"""The gateway: knows who asks, over HTTP. The only door for people and backends."""
