const token = Math.random().toString(36); // TEMUAN
