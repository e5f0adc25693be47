"""CloudFormation stack sets, which the engine does not have: API, operations, and the resource type.

A request goes ``actions`` or ``resource`` -> ``changes`` (what may be asked) -> ``operations`` (in which order) ->
``instances`` (the stacks themselves); ``records`` is what is remembered.
"""
