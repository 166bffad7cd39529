"""What DynamoDB answers with ValidationException."""

from __future__ import annotations

from bench.engines.seam import OperationFailed

VALIDATION = "validation"


class ValidationFailed(OperationFailed):
    """An expression, or what it was asked to do with an item, is not valid.

    `problem` says what is wrong, in DynamoDB's words where those are known; `position` is the
    character, from 1, of the expression where it was found; `expression` is the request's
    parameter it stood in (`UpdateExpression`, …).
    """

    def __init__(self, problem: str, position: int | None = None, expression: str = "") -> None:
        where = "" if position is None else f", at character {position}"
        super().__init__(
            VALIDATION, f"Invalid {expression}: {problem}{where}" if expression else problem + where
        )
        self.problem = problem
        self.position = position
        self.expression = expression

    def within(self, expression: str) -> ValidationFailed:
        """The same failure, saying which parameter of the request it was found in."""
        return ValidationFailed(self.problem, self.position, self.expression or expression)

    def __reduce__(self) -> tuple[type[ValidationFailed], tuple[str, int | None, str]]:
        return ValidationFailed, (self.problem, self.position, self.expression)
