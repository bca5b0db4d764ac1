const data = JSON.parse(kuki);
yaml.load(isi);
