"""The bus: streams, rings and requests on the NATS server, and the embedded server itself."""
