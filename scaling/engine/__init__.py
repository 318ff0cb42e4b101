"""CloudWatch's alarms and Application Auto Scaling on a clock of one's own.

The rules are functions of values: `alarms` (the state that datapoints give), `step` and `tracking`
(the tasks that a policy asks for), `cooldown`. `engine` joins them: it holds the metrics, watches
the alarms and sets each service's desired count. `template` reads all of it from the resources of
a CloudFormation template; `kernel` and `clock` run it, on virtual or on real time.
"""
