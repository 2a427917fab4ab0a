"""Which platforms (tenants) there are, and the deployments they have."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from convclass.web.models import Deployment, Platform
from convclass.web.refused import Refused


def find(session: Session, issuer: str, client_id: str, deployment_id: str) -> Platform:
    """The platform that begins a login.

    An issuer may have several client ids (all of hosted Canvas is one issuer), so without a client id it is found only
    where the issuer has one, or one with this deployment. Raises Refused.
    """
    known = select(Platform).where(Platform.issuer == issuer, Platform.active)
    if client_id:
        known = known.where(Platform.client_id == client_id)
    found = list(session.scalars(known))
    if len(found) > 1 and deployment_id:
        found = [platform for platform in found if deployment_of(session, platform, deployment_id)]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(
            "Your LMS does not say which of its registrations with this tool it means.",
            "The administrator of the LMS has to have it send its client_id.",
            400,
        )
    raise Refused(
        f"This tool does not know the LMS {issuer or 'without a name'} (client id {client_id or 'not given'}).",
        "Whoever runs the tool has to register it: convclass lti registration-link, or convclass lti add-platform.",
    )


def deployment_of(session: Session, platform: Platform, deployment_id: str) -> Deployment | None:
    """A platform's deployment by its own id of it."""
    mine = select(Deployment).where(Deployment.platform_id == platform.id)
    found: Deployment | None = session.scalar(mine.where(Deployment.deployment_id == deployment_id))
    return found


def known_deployment(session: Session, platform: Platform, deployment_id: str) -> Deployment:
    """The same. Raises Refused, with the command that adds it."""
    found = deployment_of(session, platform, deployment_id)
    if found is None:
        raise Refused(
            f"This tool does not know the deployment {deployment_id} of {platform.name}.",
            "Whoever runs the tool has to add it: "
            f"convclass lti add-deployment {platform.id} {deployment_id}. Then open the link again.",
        )
    return found


def deployment_ids(session: Session, platform: Platform) -> list[str]:
    """All deployments of a platform, by its own ids."""
    mine = select(Deployment.deployment_id).where(Deployment.platform_id == platform.id)
    return list(session.scalars(mine.order_by(Deployment.id)))
