"""Where the brokers are: their usual local ports, or what the environment says."""

import os

REDIS = os.environ.get("ALISMS_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
RABBITMQ = os.environ.get("ALISMS_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
