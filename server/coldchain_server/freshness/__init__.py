"""The freshness card: what a buyer is told of milk, by a code that anybody may check."""
