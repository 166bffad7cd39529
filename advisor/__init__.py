"""What is advised: facts, demand, services, rules, the decision and the `advisor` command."""
