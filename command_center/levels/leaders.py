"""Who leads whom: the leader of a holder, the desk above it, the duty leader. Pure; names, never persons."""

from __future__ import annotations

from dataclasses import dataclass

from grid.city import City
from grid.posts import Post


@dataclass(frozen=True)
class Addressee:
    """Whom something is told: a code (a post, or role@area) and what to call them."""

    code: str
    zh: str
    en: str

    def name(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}


def leader_of(city: City, post: Post) -> Addressee:
    """Return who leads a post: of a grid its community, of a team the town."""
    if post.kind == "department":
        return Addressee(f"leader@{post.department}", f"{post.name}负责人", f"the head of {post.name_en}")
    if post.kind == "grid":
        parent = city.tree.get_area(post.area).parent
        community = city.posts.find_community_post(parent or "")
        return address(community or post)
    if post.kind in ("community", "team"):
        town = next(
            (code for code in reversed(city.tree.path(post.area)) if city.posts.find_desk(code)), city.code
        )
        return duty_leader_of(city, town)
    return duty_leader_of(city, post.area)


def duty_leader_of(city: City, area: str) -> Addressee:
    """Return the duty leader of a district or town."""
    found = city.tree.find_area(area)
    zh, en = (found.name, found.name_en) if found is not None else ("", "")
    return Addressee(f"duty_leader@{area}", f"{zh}带班领导", f"the duty leader of {en}")


def address(post: Post) -> Addressee:
    return Addressee(post.code, post.name, post.name_en)
