"""
Every exception that Slipstream raises on purpose.

    SlipstreamError
      ConfigError              a configuration file is wrong: file, key, expectation
      EngineError              a q process could not be used
        EngineNotFound         no q engine on this machine
        Unreachable            nothing answers at the address, or the connection broke
        AccessDenied           the process refused the user or password
        Timeout                no answer in the time allowed
        QueryError             q signalled an error: `kind` is q's word for it
        ConversionError        a value that cannot be sent to or read from q without loss
      PlantError               a process of the plant could not be started or stopped
        PortBusy               something else listens where a process should
        NotReady               a process did not come up in time
      FeedError                a market data source could not be read or published
      MarketError              the simulated market was asked for something impossible
      FixError                 a FIX session or message could not be handled
      ArchiveError             a day could not be written to, or verified in, the lake
      TcaError                 the input of a batch of figures cannot be used
      ApiError                 the API refused a call of the research client: status, and why
      AuthError                a credential, role or scope was refused, or cannot be made
      AlertError               something cannot be done about an alert, or nobody can be told of it
      ScorecardError           what was asked for on the page, or of a report, cannot be done
    SlipstreamWarning          worth a look, not an error
"""

from __future__ import annotations


class SlipstreamError(Exception):
    """Base of all."""


class ConfigError(SlipstreamError):
    """A configuration file is wrong. The message names the file, the key and what was expected."""

    def __init__(self, file: str, key: str, expected: str, got: object = None, *, found: bool = True) -> None:
        self.file, self.key, self.expected, self.got = file, key, expected, got
        where = f"{file}: {key}" if key else file
        super().__init__(f"{where}: expected {expected}" + (f", got {got!r}" if found else ""))


class EngineError(SlipstreamError):
    """A q process could not be used."""


class EngineNotFound(EngineError):
    """No q engine was found on this machine."""


class Unreachable(EngineError):
    """Nothing answers at the address, or the connection broke."""


class AccessDenied(EngineError):
    """The process refused the user or the password."""


class Timeout(EngineError):
    """No answer arrived in the time allowed."""


class QueryError(EngineError):
    """q signalled an error; `kind` is q's word for it, such as `type` or `length`."""

    def __init__(self, kind: str, query: str = "") -> None:
        self.kind, self.query = kind, query
        super().__init__(f"'{kind}" + (f" in {query}" if query else ""))


class ConversionError(EngineError):
    """A value cannot be sent to q, or read from it, without changing it."""


class PlantError(SlipstreamError):
    """A process of the plant could not be started or stopped."""


class PortBusy(PlantError):
    """Something else listens on a port that a process of the plant needs."""


class NotReady(PlantError):
    """A process did not answer within the time it was given to start."""


class FeedError(SlipstreamError):
    """A market data source could not be read or published."""


class MarketError(SlipstreamError):
    """The simulated market was asked for something that a venue would refuse, or that makes no sense."""


class FixError(SlipstreamError):
    """A FIX session or message could not be handled."""


class ArchiveError(SlipstreamError):
    """A day could not be written to the lake, or what was read back differs."""


class TcaError(SlipstreamError):
    """The input of a batch of figures cannot be used. The message names the file, the column and what was expected."""


class ApiError(SlipstreamError):
    """The API refused a call, or did not answer (status 0). `request` is the call's id, by which its log and audit know it."""

    def __init__(self, status: int, detail: str, request: str = "") -> None:
        self.status, self.detail, self.request = status, detail, request
        super().__init__(f"{status}: {detail}" if status else detail)


class AuthError(SlipstreamError):
    """A credential, role or scope was refused, or cannot be made. The message never holds the credential."""


class AlertError(SlipstreamError):
    """Something cannot be done about an alert, or a message about one cannot be sent."""


class ScorecardError(SlipstreamError):
    """What was asked for on the page, or of a report, cannot be done."""


class SlipstreamWarning(UserWarning):
    """Worth a look, not an error."""
