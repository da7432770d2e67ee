module spotos

go 1.26
