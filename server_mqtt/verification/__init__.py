"""Who counts as verified: the policy, what an answer is bound to, and what its evidence must show. Pure."""
