name = 'größe'
