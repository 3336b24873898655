"""How good the milk model is: against published counts, and its ranges against milk that grows by other laws."""
