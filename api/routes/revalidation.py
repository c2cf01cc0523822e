"""Answers that a caller may keep, if they ask each time whether they still hold (RFC 9110, 13)."""

from hashlib import sha256

from fastapi import Request, Response


def revalidated(request: Request, text: str, media_type: str) -> Response:
    """Return a text with its `ETag`, or 304 where the caller says (`If-None-Match`) that they have it.

    The tag is weak: the same text may be sent packed or as it is.
    """
    content = text.encode()
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": f"W/{tag}", "Cache-Control": "no-cache", "Vary": "Accept"}
    known = {one.strip().removeprefix("W/") for one in ",".join(request.headers.getlist("if-none-match")).split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers={**headers, "Vary": "Accept, Accept-Encoding"})
    return Response(content, media_type=media_type, headers=headers)
