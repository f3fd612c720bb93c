/ What q can say for itself at no cost. Loaded when a session starts.

csv:","
