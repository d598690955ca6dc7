"""The operations of the service: parameters in, an answer's fields or a Refusal out."""
