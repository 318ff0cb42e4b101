"""The whole stack on this machine: the real template, deployed to an emulator in this process.

``python -m local`` (``make run``) reads as its files do: ``runner`` goes through the steps;
``emulator`` is MiniStack in a thread of ours; ``deployment`` is the ordinary ``sam build`` and
``sam deploy``. Everything that MiniStack lacks or gets wrong is one adapter a file: ``front``
(where API calls arrive), ``rest_import``, ``resource_types``, ``batch_actions``, ``tasks``,
``credentials``, ``protection``. ``compatibility`` lists each private name that they touch.
"""
