"""The whole stack on this machine: the real template, deployed to an emulator in this process.

``python -m local`` (``make run``) reads as its files do: ``runner`` goes through the steps;
``emulator`` is MiniStack in a thread of ours; ``deployment`` is the ordinary ``sam build`` and
``sam deploy``. Everything that MiniStack lacks or gets wrong is one adapter a file:

- ``front``: the API at one address, the gateway's limit on a body, ECS's endpoints for tasks
- ``rest_import``, ``proxy_event``, ``gateway_responses``: the rest of API Gateway
- ``resource_types``, ``number_properties``, ``container_definitions``, ``nested_stacks``,
  ``stack_imports``: CloudFormation
- ``authorization``, ``credentials``: IAM, the task role
- ``docker_client``, ``tasks``, ``worker``, ``protection``, ``scale_in``: ECS; ``launching`` has its
  containers be processes (``process_launcher``, ``process``, ``leash``), or with CONTAINERS=1
  containers (``container_launcher``, ``container``, ``worker_image``)
- ``metric_data``, ``autoscaling``, ``scaled_service``: CloudWatch's scaling alarms and Application
  Auto Scaling, by ``scaling/engine``; ``decisions`` prints what they and the wakes change

``sam_local`` (``make invoke``, ``make start-api``) runs functions in Lambda's image, the running
system behind them: ``bridge`` lets their containers reach it, ``function_template`` and
``key_check`` add what `sam local` lacks.

``compatibility`` lists each name in MiniStack that they touch; tests/contract/local holds what
those do.
"""
