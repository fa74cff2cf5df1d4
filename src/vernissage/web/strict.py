"""Requests whose JSON is taken at its word: `"true"` is no truth value and `0` is none either.

The framework converts bodies as leniently as it must convert queries, which are text. What a program sends as JSON says
its types itself, so one that does not fit is refused, with the field that is at fault.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request

from vernissage.web.errors import SEE, ApiError


class StrictRequest(Request[Any, Any, Any]):
    async def json(self) -> Any:
        """[API8] The body as JSON, where it fits what the route takes."""
        parameters = self.scope["route_handler"].parsed_fn_signature.parameters
        if "data" in parameters:
            try:
                msgspec.json.decode(await self.body(), type=parameters["data"].raw)
            except msgspec.ValidationError as error:
                said, _, place = str(error).partition(" - at ")
                field = place.strip("`").removeprefix("$").lstrip(".") or None
                raise ApiError(422, f"{field or 'The body'} does not fit: {said}.", SEE, field=field) from None
        return await super().json()
