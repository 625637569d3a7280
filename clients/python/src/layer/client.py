"""The client for code that waits."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, TypeVar

import httpx

from .calls import namespace_calls, pipeline_calls
from .errors import LayerError, error_of_answer, may_retry
from .handles import Function, Pipeline
from .request import CONNECT_S, TIMEOUT_S, Request, Settings
from .retry import RetryPolicy
from .transport import read_answer, unanswered

T = TypeVar("T")


class Client:
    """Calls the gateway at `base_url` (else HEVLAYER_BASE_URL, LAYER_BASE_URL, port 8080 of this machine).

    `api_key` defaults to HEVLAYER_API_KEY; "" sends none. A call may take `timeout_s` seconds a try; failed
    ones are repeated as `retry` says. Every method raises LayerError. May be used by several threads.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        retry: RetryPolicy | None = None,
    ) -> None:
        self.settings = Settings.of(base_url, api_key, timeout_s, retry)
        self._http = httpx.Client(
            headers=self.settings.headers(), timeout=httpx.Timeout(timeout_s, connect=CONNECT_S)
        )

    def send(self, request: Request[T]) -> T:
        """Sends a call and reads its answer."""
        content = request.content()
        policy = self.settings.retry
        tries = 0
        while True:
            tries += 1
            headers: dict[str, str] = {}
            try:
                answer = self._http.request(
                    request.method, self.settings.base_url + request.target, content=content
                )
            except httpx.TransportError as fault:
                error: LayerError = unanswered(fault)
                again = True
            else:
                if answer.status_code < 300:
                    return read_answer(request, answer.content)
                headers = dict(answer.headers)
                error = error_of_answer(answer.status_code, headers, answer.content)
                again = may_retry(answer.status_code, headers)
            if not (again and request.retry and tries <= policy.retries):
                raise error
            time.sleep(policy.wait_s(tries, headers))

    def pipeline(self, id: str) -> Pipeline:
        return Pipeline(self, id)

    def function(self, id: str) -> Function:
        return Function(self, id)

    def ensure_pipeline(
        self, id: str, target_namespace: str, distance_metric: str = "cosine_distance"
    ) -> Pipeline:
        """The pipeline of that id, made if it is not there. LayerError "conflict" if it writes elsewhere."""
        pipeline = self.pipeline(id)
        try:
            self.send(pipeline_calls.create(id, target_namespace, distance_metric))
        except LayerError as error:
            if error.status_code != 409:
                raise
            pipeline_calls.check_target(pipeline.get(), target_namespace)
        return pipeline

    def write(self, namespace: str, **members: Any) -> dict[str, Any]:
        """A write as the store's wire has it: upsert_rows, patch_rows, schema, distance_metric, ..."""
        return self.send(namespace_calls.write(namespace, members))

    def query(self, namespace: str, **members: Any) -> dict[str, Any]:
        """A query as the store's wire has it: rank_by, top_k, filters, include_attributes, ..."""
        return self.send(namespace_calls.query(namespace, members))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
