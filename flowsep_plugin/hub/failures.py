"""Errors of the Hub in words that help; its library's classes are told apart by name, without importing it."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flowsep_plugin.errors import BundleError, FlowsepError


class HubError(BundleError):
    """A model cannot be fetched from the Hub or sent there."""


@contextmanager
def explained(subject: str, endpoint: str, has_token: Callable[[], bool]) -> Iterator[None]:
    """Turn whatever `huggingface_hub` raises in the context into a HubError about `subject`.

    has_token : whether the user is logged in, which changes the advice.
    """
    try:
        yield
    except FlowsepError:
        raise
    except Exception as error:
        raise HubError(_reason(error, subject, endpoint, has_token())) from error


def is_missing(error: BaseException) -> bool:
    """Whether a HubError says that its repository does not exist, or is hidden from this user."""
    names = _names(error.__cause__)
    hidden = "RepositoryNotFoundError" in names or _status(error.__cause__) == 401
    return hidden and "GatedRepoError" not in names


def is_reset(error: BaseException) -> bool:
    """Whether a connection was reset while bytes were on their way."""
    return bool(_names(error) & {"ReadError", "WriteError"})


def _reason(error: Exception, subject: str, endpoint: str, token: bool) -> str:
    """Return one sentence: the thing, what is wrong, the way out."""
    names = _names(error)
    login = "log in with `hf auth login`, or set HF_TOKEN"
    if "GatedRepoError" in names:
        page = f"{endpoint}/{subject.partition('@')[0]}"
        then = "" if token else f", then {login}"
        return f"{subject} is gated: ask for access on {page}, accept its terms there{then}"
    if "RepositoryNotFoundError" in names or (_status(error) == 401 and not token):
        hidden = "or your token may not see it" if token else f"or private: {login}"
        return f"there is no repository {subject} on {endpoint}, {hidden}"
    if "RevisionNotFoundError" in names:
        return f"{subject} has no such branch, tag or commit; leave the part after @ out for the newest version"
    if "EntryNotFoundError" in names and "LocalEntryNotFoundError" not in names:
        return f"{subject}: a file is missing in the repository; tell its authors, or name another revision"
    return _status_reason(error, names, subject, endpoint, login) or _transport_reason(error, names, subject, endpoint)


def _status_reason(error: Exception, names: set[str], subject: str, endpoint: str, login: str) -> str | None:
    """Return the sentence for an answer of the server that has no class of its own; None for other errors."""
    status = _status(error)
    if "DisabledRepoError" in names:
        return f"{subject} was disabled by {endpoint}; install another model"
    if status == 401:
        return f"{endpoint} does not accept your token for {subject}; {login} to another one"
    if status == 403:
        return f"{endpoint} refuses access to {subject}; use a token that has the right to it"
    if status == 429:
        return f"{endpoint} has had too many requests from this address; wait some minutes, or {login}"
    if status is not None and status >= 400:
        return f"{endpoint} answers {status} for {subject}; try again later"
    return None


def _transport_reason(error: Exception, names: set[str], subject: str, endpoint: str) -> str:
    """Return the sentence for a failure of network, disk or name."""
    cause = error.__cause__ if error.__cause__ is not None else error
    if "OfflineModeIsEnabled" in names | _names(error.__cause__):
        return f"{subject} is not in the cache, and flowsep is offline; install it once while online"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return f"the disk is full: {error}; free some space, or set HF_HOME to a folder on another disk"
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return f"the Hub's cache cannot be written ({error}); set HF_HOME to a folder of yours"
    if names & {"HFValidationError", "HfUriError"}:
        return f"{subject} is not a name that the Hub allows; write org/name"
    if "ProxyError" in names:
        return f"the proxy does not let {endpoint} through ({error}); check HTTPS_PROXY"
    if names & {"HTTPError", "ConnectionError", "LocalEntryNotFoundError", "FileMetadataError"}:
        return (
            f"{endpoint} cannot be reached for {subject} ({_one(cause)}); check the network, the proxy and "
            "HF_ENDPOINT, then try again: files that are whole stay in the cache"
        )
    return f"{endpoint} and flowsep do not understand each other about {subject}: {type(error).__name__}: {_one(error)}"


def _status(error: BaseException | None) -> int | None:
    """Return the HTTP status of an error or of its cause; None where no server answered."""
    for one in (error, getattr(error, "__cause__", None)):
        status: int | None = getattr(getattr(one, "response", None), "status_code", None)
        if status is not None:
            return status
    return None


def _names(error: BaseException | None) -> set[str]:
    """Return the names of the error's class and of those that it is derived from."""
    return {kind.__name__ for kind in type(error).__mro__} if error is not None else set()


def _one(error: BaseException) -> str:
    """Return the first line of the error's text, or its class where it has none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
