import knowledge as knowledge  # sets how threads wait, so it must come before anything that computes
