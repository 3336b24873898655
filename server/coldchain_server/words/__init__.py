"""Words in other languages: how texts and recordings get in, who has checked them, and where they are kept."""
