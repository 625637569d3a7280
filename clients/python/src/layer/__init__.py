"""Client and worker runtime for Layer.

from layer import Client                 # calls the gateway
from layer.worker import worker          # makes a plain function a worker
"""

from __future__ import annotations

from .async_client import AsyncClient
from .client import Client
from .errors import LayerError

__all__ = ["AsyncClient", "Client", "LayerError"]
