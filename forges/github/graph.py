"""The few questions that only GitHub's GraphQL answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from forges.api import Api
from forges.errors import NoRight, NotFound, RateLimited, Reason, Refused
from forges.exchange import Call
from forges.fields import Fields
from forges.model import PullNumber

REVIEWS = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviews(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes {
      fullDatabaseId state body submittedAt authorCanPushToRepository commit { oid }
      author { __typename login ... on User { databaseId } ... on Bot { databaseId } }
  } } } } }"""
ENQUEUE = """mutation($id: ID!, $head: GitObjectID!) {
  enqueuePullRequest(input: {pullRequestId: $id, expectedHeadOid: $head}) { clientMutationId } }"""
READY = """mutation($id: ID!) {
  markPullRequestReadyForReview(input: {pullRequestId: $id}) { clientMutationId } }"""
DRAFT = """mutation($id: ID!) {
  convertPullRequestToDraft(input: {pullRequestId: $id}) { clientMutationId } }"""


@dataclass(frozen=True, slots=True)
class Graph:
    """GraphQL for one repository."""

    api: Api
    owner: str
    name: str

    def reviews(self, number: PullNumber) -> Call[list[Fields]]:
        """The reviews of a pull request, over all pages."""
        after: str | None = None
        found: list[Fields] = []
        while True:
            about = {"owner": self.owner, "name": self.name, "number": number, "after": after}
            data = yield from self.ask(REVIEWS, about)
            pull = data.inner("repository").maybe("pullRequest")
            if pull is None:
                raise NotFound(f"{self.owner}/{self.name}: no pull request {number}")
            page = pull.inner("reviews")
            found.extend(page.each("nodes"))
            where = page.inner("pageInfo")
            if not where.flag("hasNextPage") or where.text("endCursor") == after:
                return found
            after = where.text("endCursor")

    def ask(self, query: str, variables: Mapping[str, object]) -> Call[Fields]:
        """The data of an answer. GraphQL answers 200 also when it refuses."""
        answer = yield from self.api.send("POST", {"query": query, "variables": dict(variables)}, "graphql")
        errors = list(answer.each("errors"))
        if not errors:
            return answer.inner("data")
        words = "; ".join(each.text("message", "") for each in errors)[:300]
        message = f"POST {self.api.root}/graphql: {words}"
        match errors[0].text("type", ""):
            case "RATE_LIMITED" | "RATE_LIMIT":
                raise RateLimited(message)
            case "NOT_FOUND":
                raise NotFound(message)
            case "FORBIDDEN" | "INSUFFICIENT_SCOPES":
                raise NoRight(message)
        raise Refused(message, reason=Reason.BLOCKED, words=words, status=200)
