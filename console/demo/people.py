"""Who may sign in to the demo world; plain data, refused by production settings."""

from __future__ import annotations

from dataclasses import dataclass

DEMO_DOMAIN = "demo.example"
PASSWORD = "demo-recourse-not-for-production"  # noqa: S105  # public on purpose: it opens the demo world only


@dataclass(frozen=True, slots=True)
class SignIn:
    """One demo person: how they sign in, what they are called, and their one role."""

    email: str
    name: str
    role: str


SIGN_INS: tuple[SignIn, ...] = (
    SignIn(f"mara@{DEMO_DOMAIN}", "Mara Lindqvist", "reviewer"),
    SignIn(f"jonas@{DEMO_DOMAIN}", "Jonas Adeyemi", "reviewer"),
    SignIn(f"lena@{DEMO_DOMAIN}", "Lena Novak", "reviewer"),
    SignIn(f"ines@{DEMO_DOMAIN}", "Inês Carvalho", "senior"),
    SignIn(f"priya@{DEMO_DOMAIN}", "Priya Raman", "senior"),
    SignIn(f"oskar@{DEMO_DOMAIN}", "Oskar Blom", "senior"),
    SignIn(f"teo@{DEMO_DOMAIN}", "Teo Marković", "policy_owner"),
    SignIn(f"ruth@{DEMO_DOMAIN}", "Ruth Okafor", "policy_owner"),
    SignIn(f"amal@{DEMO_DOMAIN}", "Amal Haddad", "compliance"),
    SignIn(f"viktor@{DEMO_DOMAIN}", "Viktor Sand", "operator"),
    SignIn(f"yuki@{DEMO_DOMAIN}", "Yuki Tanabe", "auditor"),
)
