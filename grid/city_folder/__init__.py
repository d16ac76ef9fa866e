"""The folder of a city: reads its plain files, names every fault, hands a draft to ``city_load``."""
