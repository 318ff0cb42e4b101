"""The whole stack on this machine: the real template, deployed to an emulator in this process.

``python -m local`` (``make run``) reads as its files do: ``runner`` goes through the steps;
``emulator`` is MiniStack in a thread of ours; ``deployment`` is the ordinary ``sam build`` and
``sam deploy``. Everything that MiniStack lacks or gets wrong is one adapter a file:

- ``front``: the API at one address, the gateway's limit on a body, ECS's endpoints for tasks
- ``rest_import``, ``proxy_event``, ``gateway_responses``: the rest of API Gateway
- ``resource_types``, ``number_properties``, ``container_definitions``, ``nested_stacks``:
  CloudFormation
- ``authorization``, ``credentials``: IAM, the task role
- ``docker_client``, ``tasks``, ``process``, ``leash``, ``protection``: ECS with processes

``compatibility`` lists each name in MiniStack that they touch; tests/contract/local holds what
those do.
"""
