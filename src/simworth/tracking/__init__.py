"""MLflow: what is sent, what has been sent, and the one module that talks to it."""
