"""Is this Terraform plan safe to apply? Judged from its JSON, by allow-list (R46 to R48).

reading      bytes → `Plan`
model        what of a plan is judged
gates        may the plan be judged at all: whole, without errors, of a format that is known
adopt        the verdict on a plan that adopts a restored cluster
snapshot     the verdict on a plan that restores one from a snapshot: the inverse
cluster, restored, instance, secret, others
             the rules of one kind of object each
unmanaged    what of a cluster no address manages (R7)

A plan holds passwords in plain text, whatever its marks of sensitivity say. Nothing here shows a
value that may be one: findings have ``a sensitive value`` and ``changed`` in its place, and no
model shows a value in its `repr`.
"""
