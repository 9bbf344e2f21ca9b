"""Answers made here and not by moto: errors in the shape and with the codes of each AWS protocol."""

from __future__ import annotations

import json
import re
import uuid
from xml.sax.saxutils import escape

from .calls import Call

#: (status, headers, body)
Answer = tuple[int, list[tuple[str, str]], bytes]

#: What AWS says, by kind of trouble and protocol: status, code, message.
_TROUBLE = {
    "throttle": {
        "json": (400, "ThrottlingException", "Rate exceeded"),
        "ec2": (503, "RequestLimitExceeded", "Request limit exceeded."),
        "query": (400, "Throttling", "Rate exceeded"),
        "s3": (503, "SlowDown", "Please reduce your request rate."),
    },
    "error500": {
        "json": (500, "ServerException", "An internal error has occurred."),
        "ec2": (500, "InternalError", "An internal error has occurred."),
        "query": (500, "ServiceFailure", "The request processing has failed because of an unknown error."),
        "s3": (500, "InternalError", "We encountered an internal error. Please try again."),
    },
    "denied": {
        "json": (400, "AccessDeniedException", "User is not authorized to perform this operation"),
        "ec2": (403, "UnauthorizedOperation", "You are not authorized to perform this operation."),
        "query": (403, "AccessDenied", "User is not authorized to perform this operation"),
        "s3": (403, "AccessDenied", "Access Denied"),
    },
    "expired_token": {
        "json": (400, "ExpiredTokenException", "The security token included in the request is expired"),
        "ec2": (400, "RequestExpired", "Request has expired."),
        "query": (403, "ExpiredToken", "The security token included in the request is expired"),
        "s3": (400, "ExpiredToken", "The provided token has expired."),
    },
}

#: The kinds `trouble` knows.
KINDS = frozenset(_TROUBLE)

_ERROR_CODE = re.compile(rb'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"|<Code>([^<]+)</Code>')


def trouble(call: Call, kind: str) -> Answer:
    """AWS's way of saying it, for the protocol of this call."""
    status, code, message = _TROUBLE[kind][call.protocol]
    return error(call, status, code, message)


def error(call: Call, status: int, code: str, message: str) -> Answer:
    """An error answer in the shape of the call's protocol."""
    request = str(uuid.uuid4())
    if call.protocol == "json":
        body = json.dumps({"__type": code, "message": message}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", request)]
        return status, headers, body
    fields = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if call.protocol == "ec2":
        text = f"<Response><Errors><Error>{fields}</Error></Errors><RequestID>{request}</RequestID></Response>"
    elif call.protocol == "query":
        side = "Sender" if status < 500 else "Receiver"
        text = (
            f"<ErrorResponse><Error><Type>{side}</Type>{fields}</Error><RequestId>{request}</RequestId></ErrorResponse>"
        )
    else:
        text = f"<Error>{fields}<RequestId>{request}</RequestId></Error>"
    return (
        status,
        [("Content-Type", "text/xml;charset=UTF-8")],
        f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(),
    )


def error_code(answer: Answer) -> str | None:
    """The AWS error code an answer carries, if it is an error."""
    status, _, body = answer
    found = _ERROR_CODE.search(body) if status >= 400 else None
    return (found[1] or found[2]).decode() if found else None
