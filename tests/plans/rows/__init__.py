"""The rows, by what an operator got wrong: the state, the cluster, what stands beside it …"""
