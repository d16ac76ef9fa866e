"""The senses: receive, decode, judge; what is worth telling goes to the bus as an observation."""
