const data = JSON.parse(kuki);
