"""django_alisms: bulk SMS over Alibaba Cloud, from the Django admin a team already uses."""

__version__ = "0.1.0"
