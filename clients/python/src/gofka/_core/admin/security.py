"""ACLs, and the users of SASL/SCRAM.

Place in the flow: a part of the admin's core, asked of the controller.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Dict, List, Optional, Sequence, Tuple, Union

from ..._errors import ConfigurationError, GofkaError
from ..._protocol.alter_user_scram_credentials import AlterUserScramCredentialsRequest
from ..._protocol.create_acls import CreateAclsRequest
from ..._protocol.delete_acls import DeleteAclsRequest
from ..._protocol.describe_acls import DescribeAclsRequest
from ..._protocol.describe_user_scram_credentials import DescribeUserScramCredentialsRequest
from ...errors import for_code
from ..scram import ITERATIONS_MAX, ITERATIONS_MIN
from .base import AdminBase, first_error, outcome
from .types import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

ScramAlteration = Union[UserScramCredentialUpsertion, UserScramCredentialDeletion]
_DIGESTS = {ScramMechanism.SCRAM_SHA_256: "sha256", ScramMechanism.SCRAM_SHA_512: "sha512"}


class SecurityAdmin(AdminBase):
    async def create_acls(
        self,
        acls: Sequence[ACL],
        timeout_ms: Optional[float] = None,
        raise_errors: bool = True,
    ) -> Dict[ACL, Optional[GofkaError]]:
        """Add ACLs; one that there is already stays.

        :param raise_errors: raise the first error instead of answering an error (or None) for each.
        :raises SecurityDisabledError: the cluster has no authorizer.
        """

        async def attempt(left_s: float) -> Dict[ACL, Optional[GofkaError]]:
            request = CreateAclsRequest([_creation(each) for each in acls])
            answer = await self.client.ask_controller(request, timeout_s=self._request_s(left_s))
            return {
                acl: outcome(each.error_code, each.error_message, str(acl.principal))
                for acl, each in zip(acls, answer.results)
            }

        return first_error(await self._retrying(attempt, timeout_ms), raise_errors)

    async def describe_acls(
        self, acl_filter: ACLFilter = ACLFilter(), timeout_ms: Optional[float] = None
    ) -> List[ACL]:
        """ACLs that match.

        :raises SecurityDisabledError: the cluster has no authorizer.
        """

        async def attempt(left_s: float) -> List[ACL]:
            pattern = acl_filter.resource_pattern
            request = DescribeAclsRequest(
                int(pattern.resource_type),
                pattern.resource_name,
                int(pattern.pattern_type),
                acl_filter.principal,
                acl_filter.host,
                int(acl_filter.operation),
                int(acl_filter.permission_type),
            )
            answer = await self.client.ask_any(request, timeout_s=self._request_s(left_s))
            if answer.error_code:
                raise for_code(answer.error_code, answer.error_message or "ACLs")
            return [
                _acl(
                    (each.principal, each.host, each.operation, each.permission_type),
                    (resource.resource_type, resource.resource_name, resource.pattern_type),
                )
                for resource in answer.resources
                for each in resource.acls
            ]

        return await self._retrying(attempt, timeout_ms)

    async def delete_acls(
        self, acl_filters: Sequence[ACLFilter], timeout_ms: Optional[float] = None
    ) -> List[ACL]:
        """Delete all ACLs that match any of these; answers them.

        :raises SecurityDisabledError: the cluster has no authorizer.
        """

        async def attempt(left_s: float) -> List[ACL]:
            request = DeleteAclsRequest(
                [
                    DeleteAclsRequest.Filter(
                        int(each.resource_pattern.resource_type),
                        each.resource_pattern.resource_name,
                        int(each.resource_pattern.pattern_type),
                        each.principal,
                        each.host,
                        int(each.operation),
                        int(each.permission_type),
                    )
                    for each in acl_filters
                ]
            )
            answer = await self.client.ask_controller(request, timeout_s=self._request_s(left_s))
            deleted = []
            for result in answer.filter_results:
                if result.error_code:
                    raise for_code(result.error_code, result.error_message or "ACLs")
                for each in result.matching_acls:
                    if each.error_code:
                        raise for_code(each.error_code, each.error_message or "ACLs")
                    deleted.append(
                        _acl(
                            (each.principal, each.host, each.operation, each.permission_type),
                            (each.resource_type, each.resource_name, each.pattern_type),
                        )
                    )
            return deleted

        return await self._retrying(attempt, timeout_ms)

    # ------------------------------------------------------------ users

    async def describe_user_scram_credentials(
        self, users: Optional[Sequence[str]] = None, timeout_ms: Optional[float] = None
    ) -> Dict[str, List[ScramCredentialInfo]]:
        """Mechanisms and iterations of these users, or of all; never what a password comes to.

        :raises ResourceNotFoundError: there is no such user.
        """

        async def attempt(left_s: float) -> Dict[str, List[ScramCredentialInfo]]:
            asked = None
            if users is not None:
                names = [users] if isinstance(users, str) else users
                asked = [DescribeUserScramCredentialsRequest.User(each) for each in names]
            request = DescribeUserScramCredentialsRequest(asked)
            answer = await self.client.ask_controller(request, timeout_s=self._request_s(left_s))
            if answer.error_code:
                raise for_code(answer.error_code, answer.error_message or "SCRAM users")
            found = {}
            for each in answer.results:
                if each.error_code:
                    raise for_code(each.error_code, each.error_message or f"user {each.user}")
                found[each.user] = [
                    ScramCredentialInfo(ScramMechanism(info.mechanism), info.iterations)
                    for info in each.credential_infos
                ]
            return found

        return await self._retrying(attempt, timeout_ms)

    async def alter_user_scram_credentials(
        self,
        alterations: Sequence[ScramAlteration],
        timeout_ms: Optional[float] = None,
        raise_errors: bool = True,
    ) -> Dict[str, Optional[GofkaError]]:
        """Set and delete users' passwords.

        :param raise_errors: raise the first error instead of answering an error (or None) for each user.
        :raises ConfigurationError: iterations outside 4096 to 1,000,000.
        :raises ResourceNotFoundError: what is to be deleted is not there.
        """
        upsertions = [_upsertion(each) for each in alterations if _is_upsertion(each)]
        deletions = [
            AlterUserScramCredentialsRequest.Deletion(each.user, int(each.mechanism))
            for each in alterations
            if not _is_upsertion(each)
        ]

        async def attempt(left_s: float) -> Dict[str, Optional[GofkaError]]:
            request = AlterUserScramCredentialsRequest(deletions, upsertions)
            answer = await self.client.ask_controller(request, timeout_s=self._request_s(left_s))
            return {
                each.user: outcome(each.error_code, each.error_message, f"user {each.user}")
                for each in answer.results
            }

        return first_error(await self._retrying(attempt, timeout_ms), raise_errors)


def _creation(acl: ACL) -> CreateAclsRequest.Creation:
    pattern = acl.resource_pattern
    return CreateAclsRequest.Creation(
        int(pattern.resource_type),
        pattern.resource_name or "",
        int(pattern.pattern_type),
        acl.principal,
        acl.host,
        int(acl.operation),
        int(acl.permission_type),
    )


def _acl(who: Tuple[str, str, int, int], what: Tuple[int, str, int]) -> ACL:
    principal, host, operation, permission = who
    resource_type, name, pattern_type = what
    return ACL(
        principal,
        host,
        ACLOperation(operation),
        ACLPermissionType(permission),
        ResourcePattern(ResourceType(resource_type), name, ACLResourcePatternType(pattern_type)),
    )


def _is_upsertion(given: ScramAlteration) -> bool:
    return isinstance(given, UserScramCredentialUpsertion)


def _upsertion(given: ScramAlteration) -> AlterUserScramCredentialsRequest.Upsertion:
    assert isinstance(given, UserScramCredentialUpsertion)
    if not ITERATIONS_MIN <= given.iterations <= ITERATIONS_MAX:
        raise ConfigurationError(
            f"iterations are {ITERATIONS_MIN} to {ITERATIONS_MAX}, not {given.iterations}"
        )
    salt = given.salt if given.salt is not None else secrets.token_bytes(32)
    digest = _DIGESTS[ScramMechanism(given.mechanism)]
    salted = hashlib.pbkdf2_hmac(digest, given.password.encode(), salt, given.iterations)
    return AlterUserScramCredentialsRequest.Upsertion(
        given.user, int(given.mechanism), given.iterations, salt, salted
    )
