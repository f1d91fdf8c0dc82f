"""What a cluster and its tables of DynamoDB hold of each other (R24, R58)."""
