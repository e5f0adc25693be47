"""The summary of a deployment: what was done, how long it took, and the stack's outputs."""

import sys

from mraa.cli.ui import Ui
from mraa.stacks.deployer.spec import DeployResult


def show_deploy_result(ui: Ui, result: DeployResult, *, again: str) -> None:
    """``again`` is the command that follows an operation in AWS."""
    stack = result.stack
    if stack is not None:
        match result.action:
            case "created" | "updated":
                ui.say(f"\nStack {stack.name} {result.action} in {result.elapsed_s:.0f} s.")
            case "unchanged":
                ui.say("No changes.")
            case "followed":
                ui.say(f"\nStack {stack.name} is {stack.status}.")
            case "idle":
                ui.say(f"No operation is running on stack {stack.name} ({stack.status}).")
            case "detached":
                ui.say(f"The operation on stack {stack.name} continues in AWS. Follow it: {again}")
        if result.action in ("created", "updated", "unchanged"):
            ui.table(["output", "value"], sorted(stack.outputs.items()))
    ui.result(
        {
            "action": result.action,
            "stackName": stack.name if stack else None,
            "stackId": stack.stack_id if stack else None,
            "status": stack.status if stack else None,
            "outputs": dict(stack.outputs) if stack else {},
            "elapsedS": round(result.elapsed_s, 1),
        }
    )
    sys.stdout.flush()
