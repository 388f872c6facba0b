"""What the API promises: its OpenAPI 3.1 document, made from the code that keeps the promise."""
