"""Which certificates an apiserver may have: all that kubectl takes."""

import ssl


def as_kubectl(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same context, which holds no certificate to the letter of RFC 5280.

    From 3.13 on Python does, and then refuses authorities that name no key usage and certificates that name no key of their
    authority: clusters have both, and every other client of theirs takes them.
    """
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
